/** The commit: see ledger/store/migrations/0003_append.sql. Touches the primary keys and `events_id`. */
export const APPEND_EVENTS = `
select outcome, missing from append_events(
  $1::bigint, $2::bytea, $3::bigint, $4::bytea, $5::text, $6::bigint,
  $7::uuid[], $8::bigint[], $9::uuid[], $10::integer[], $11::smallint[], $12::bytea[], $13::bytea[], $14::bytea[],
  $15::bigint[], $16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[], $22::bigint[],
  $23::smallint[], $24::bigint[], $25::bytea[], $26::bytea[], $27::bytea[], $28::uuid[], $29::uuid[],
  $30::uuid, $31::bigint, $32::uuid, $33::boolean)`;
