/** The commit: see ledger/store/migrations/0003_append.sql. Touches the primary keys and `events_id`. */
export const APPEND_EVENTS = `
select outcome, head_size, head_root, head_epoch, missing from append_events(
  $1::bigint, $2::bytea, $3::bigint, $4::bigint, $5::bytea, $6::text, $7::bigint, $8::bigint,
  $9::uuid[], $10::bigint[], $11::uuid[], $12::integer[], $13::smallint[], $14::bytea[], $15::bytea[], $16::bytea[],
  $17::bigint[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23::uuid[], $24::bigint[],
  $25::smallint[], $26::bigint[], $27::bytea[], $28::bytea[], $29::uuid[], $30::uuid, $31::bigint, $32::uuid, $33::boolean)`;
