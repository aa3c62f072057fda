-- The log: append-only tables and the one head row that is the only lock (DESIGN.md §3.3, §7).
-- Hashed bytes are bytea and are never re-made from columns (invariant 2).

create table log_head (
  only_row     boolean primary key default true check (only_row),
  origin       text   not null,
  vkey         text   not null,
  size         bigint not null check (size >= 0),
  root         bytea  not null check (octet_length(root) = 32),
  note         text   not null
) with (fillfactor = 50);

-- Who posted: the principal ids, once each, so that a row of `events` carries four bytes.
create table posters (
  no         integer generated always as identity primary key,
  principal  text not null unique
);

create table events (
  idx          bigint   primary key,
  id           uuid     not null,
  recorded_at  bigint   not null,               -- milliseconds since 1970, UTC
  pseudonym    uuid,                            -- whose data key seals the opening; null: the log's own key
  poster       integer  not null,
  type         smallint not null,               -- position in EVENT_TYPES of ledger/types.ts
  leaf_hash    bytea    not null,
  entry        bytea    not null,
  sealed       bytea    not null                -- nonce(12) ‖ AES-256-GCM(salt ‖ canonical envelope) ‖ tag(16)
);
-- Ciphertext and hashes do not compress: spare PostgreSQL the attempt.
alter table events alter column sealed set storage external;
create unique index events_id on events (id);
create index events_type on events (type, idx);
create index events_poster on events (poster, idx);

create table event_refs (
  ref  uuid   not null,
  idx  bigint not null,
  primary key (ref, idx)
);

-- Full tiles only (C2SP tlog-tiles): partial ones are computed from leaf hashes and from the roots of the tiles below.
create table tiles (
  level   smallint not null,
  n       bigint   not null,
  root    bytea    not null check (octet_length(root) = 32),
  hashes  bytea    not null check (octet_length(hashes) = 8192),
  -- Inner nodes, so that a proof from this tile hashes next to nothing; they follow from the hashes.
  nodes   bytea    not null check (octet_length(nodes) = 2016),
  primary key (level, n)
);
alter table tiles alter column hashes set storage external;
alter table tiles alter column nodes set storage external;

-- Every checkpoint ever signed, one a commit.
create table checkpoints (
  size       bigint primary key,
  signed_at  bigint not null,
  root       bytea  not null,
  note       text   not null
);
create index checkpoints_signed_at on checkpoints (signed_at);

-- Append-only, whoever asks: the owner included.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = '23514';
end $$;
create trigger append_only before update or delete or truncate on events      for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on event_refs  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on tiles       for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on checkpoints for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on posters     for each statement execute function refuse_change();

create function head_only_grows() returns trigger language plpgsql as $$
begin
  if new.size <= old.size or new.origin <> old.origin or new.vkey <> old.vkey then
    raise exception 'log_head only grows' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger only_grows before update on log_head for each row execute function head_only_grows();
create trigger append_only before delete or truncate on log_head for each statement execute function refuse_change();
