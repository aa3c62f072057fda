-- What may change or go: keys and links of subjects, the search index, who may come in.

create table subjects (
  pseudonym    uuid primary key,
  blind        bytea unique,                    -- HMAC of the outside id; null once shredded
  wrapped_key  bytea,                           -- data key under the KEK; null once shredded
  kek_id       text,
  hold         boolean not null default false,
  created_at   timestamptz not null default now(),
  shredded_by  uuid,                            -- the key_shredded event
  check ((shredded_by is null) = (wrapped_key is not null)),
  check ((wrapped_key is null) = (blind is null))
);
create index subjects_kek on subjects (kek_id);

-- The log's own secrets (data key of events without a subject, blind-index key, cursor key), wrapped by the KEK.
create table log_secrets (
  name         text primary key,
  wrapped_key  bytea not null,
  kek_id       text  not null
);

-- Keyed blind indexes (HMAC-SHA-256 cut to 16 bytes), so that the clear values stand nowhere. Rows about a subject go
-- when the subject is shredded; nothing here is hashed into the log.
create table event_index (
  idx            bigint primary key,
  occurred_at    bigint not null,
  subject        uuid,                          -- pseudonym; of access events: the subject that was read
  encounter      uuid,
  actor          uuid,
  model          uuid,
  model_version  uuid
);
create index event_index_subject on event_index (subject, idx) where subject is not null;
create index event_index_encounter on event_index (encounter, idx) where encounter is not null;
create index event_index_actor on event_index (actor, idx) where actor is not null;
create index event_index_model on event_index (model, idx) where model is not null;
-- Events occur roughly in the order in which they are recorded: block ranges narrow a search at hardly any cost to appends.
create index event_index_occurred on event_index using brin (occurred_at) with (pages_per_range = 16, autosummarize = on);

create table api_keys (
  id            uuid primary key,
  hash          bytea not null unique,
  prefix        text  not null,
  role          text  not null,
  name          text  not null,
  actor         text  not null,
  grants        text[] not null default '{}',
  created_at    timestamptz not null default now(),
  expires_at    timestamptz,
  revoked_at    timestamptz,
  last_used_at  timestamptz
);

create table break_glass (
  id           uuid primary key,
  principal    text not null,
  pseudonym    uuid not null,
  event        uuid not null,
  granted_at   timestamptz not null default now(),
  expires_at   timestamptz not null,
  reviewed_by  text,
  reviewed_at  timestamptz,
  check (expires_at <= granted_at + interval '60 minutes')
);
create index break_glass_active on break_glass (principal, pseudonym, expires_at);

create table cosignatures (
  witness       text   not null,                -- key name
  size          bigint not null,
  line          text   not null,
  cosigned_at   bigint not null,
  primary key (witness, size)
);
create index cosignatures_size on cosignatures (size);
