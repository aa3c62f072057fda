-- The service works as `vericlin_writer`, which cannot UPDATE, DELETE or TRUNCATE the log's tables (invariant 3).
-- Migrations run as the owner. The role belongs to the whole cluster, so it may exist already.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'vericlin_writer') then
    create role vericlin_writer nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not pg_has_role(current_user, 'vericlin_writer', 'set') then
    execute format('grant vericlin_writer to %I', current_user);
  end if;
exception
  when undefined_column or invalid_parameter_value then
    execute format('grant vericlin_writer to %I', current_user);
end $$;

grant select, insert on events, event_refs, tiles, checkpoints, posters to vericlin_writer;
grant select, update on log_head to vericlin_writer;
grant insert on log_head to vericlin_writer;
grant select, insert, update on subjects, log_secrets, api_keys, break_glass to vericlin_writer;
grant select, insert, delete on event_index to vericlin_writer;
grant select, insert on cosignatures to vericlin_writer;
grant select on schema_migrations to vericlin_writer;
revoke all on function append_events from public;
grant execute on function append_events to vericlin_writer;
