-- Two roles (docs/operations.md): the owner migrates, the writer appends and cannot change or delete what is in the log.
-- Run once, as a superuser, with psql and its variables owner_password and writer_password.
create role vericlin_owner login password :'owner_password';
create role vericlin_writer login password :'writer_password';
grant vericlin_writer to vericlin_owner;
create database vericlin owner vericlin_owner;
revoke all on database vericlin from public;
grant connect on database vericlin to vericlin_writer;
