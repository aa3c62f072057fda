-- How far the log is anchored on a chain, who anchors, and the evidence. Nothing here is hashed into the log, and nothing
-- here decides what the log holds.

-- One instance anchors. The epoch fences: a leader that was away too long finds another epoch and writes nothing.
create table anchor_lease (
  only_row    boolean     primary key default true check (only_row),
  holder      uuid        not null,
  epoch       bigint      not null,
  expires_at  timestamptz not null
);

create table anchor_positions (
  chain       integer generated always as identity primary key,
  channel     text    not null,
  chaincode   text    not null,
  log         text    not null,
  size        bigint  not null check (size >= 0),                       -- anchored, seen committed
  root        bytea   not null check (octet_length(root) = 32),
  flight_to   bigint  check (flight_to > size),                         -- the batch [size, flight_to) may be on the chain or not
  reason      text,                                                     -- why anchoring does not go on, for every instance to show
  detail      text,
  unique (channel, chaincode, log)
);
create function anchor_only_grows() returns trigger language plpgsql as $$
begin
  if new.size < old.size or (new.size = old.size and new.root <> old.root)
     or (new.channel, new.chaincode, new.log) <> (old.channel, old.chaincode, old.log) then
    raise exception 'anchor_positions only grow' using errcode = '23514';
  end if;
  -- A batch that went out stays as it is until its outcome is known.
  if old.flight_to is not null and new.size = old.size and new.flight_to is distinct from old.flight_to then
    raise exception 'the batch in flight does not change' using errcode = '23514';
  end if;
  if old.flight_to is not null and new.size not in (old.size, old.flight_to) then
    raise exception 'the batch in flight lands where it leads' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger only_grows before update on anchor_positions for each row execute function anchor_only_grows();

-- One row for each batch that was anchored, with the peers' signatures over its root.
create table anchors (
  chain        integer not null references anchor_positions,
  size         bigint  not null,
  anchored_at  bigint  not null,                -- milliseconds since 1970, UTC
  root         bytea   not null check (octet_length(root) = 32),
  block        bigint  not null,
  read         text    not null,                -- SignedRead as JSON
  primary key (chain, size)
);
alter table anchors alter column read set compression pglz;
create trigger append_only before update or delete or truncate on anchors for each statement execute function refuse_change();

grant select, insert, update on anchor_lease, anchor_positions to vericlin_writer;
grant select, insert on anchors to vericlin_writer;
