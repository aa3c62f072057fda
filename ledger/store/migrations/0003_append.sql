-- The commit: one statement, one transaction. It takes the head row's lock, compares size and root with
-- what the sequencer built on, and only then writes. Whatever fails, nothing of it is there.
--
-- outcome: committed · moved (the head is not what was expected) · missing_refs · lost_keys (a data key that seals an
--          event of the batch was destroyed, or never became durable: seal again) · unknown_subject · legal_hold · recount (the subject's events changed while the request was on its way)

create function append_events(
  p_expected_size bigint, p_expected_root bytea,
  p_size bigint, p_root bytea, p_note text, p_signed_at bigint,
  p_ids uuid[], p_recorded bigint[], p_pseudonyms uuid[], p_posters integer[], p_types smallint[],
  p_leaf_hashes bytea[], p_entries bytea[], p_sealed bytea[],
  p_occurred bigint[], p_subjects uuid[], p_encounters uuid[], p_actors uuid[], p_models uuid[], p_model_versions uuid[],
  p_ref_ids uuid[], p_ref_idx bigint[],
  p_tile_levels smallint[], p_tile_ns bigint[], p_tile_roots bytea[], p_tile_hashes bytea[], p_tile_nodes bytea[],
  p_check_refs uuid[], p_keys uuid[],
  p_shred uuid, p_shred_events bigint, p_hold uuid, p_hold_value boolean,
  out outcome text, out missing uuid[]
) language plpgsql as $$
declare
  v_size bigint;
  v_root bytea;
  v_hold boolean;
begin
  select h.size, h.root into v_size, v_root from log_head h for update;
  if v_size is distinct from p_expected_size or v_root is distinct from p_expected_root then
    outcome := 'moved';
    return;
  end if;

  if cardinality(p_check_refs) > 0 then
    select array_agg(r) into missing from unnest(p_check_refs) r where not exists (select 1 from events e where e.id = r);
    if missing is not null then
      outcome := 'missing_refs';
      return;
    end if;
  end if;

  -- Shredding runs through this function too, so under the lock a key that is here stays here.
  if (select count(*) from subjects s where s.pseudonym = any(p_keys) and s.wrapped_key is not null) <> cardinality(p_keys) then
    outcome := 'lost_keys';
    return;
  end if;

  if p_shred is not null then
    select s.hold into v_hold from subjects s where s.pseudonym = p_shred and s.wrapped_key is not null for update;
    if not found then
      outcome := 'unknown_subject';
      return;
    elsif v_hold then
      outcome := 'legal_hold';
      return;
    elsif p_shred_events is distinct from (
      select count(*) from event_index i join events e using (idx) where i.subject = p_shred and e.pseudonym = p_shred
    ) then
      outcome := 'recount';
      return;
    end if;
    delete from event_index i using events e where i.subject = p_shred and e.idx = i.idx and e.pseudonym = p_shred;
    update subjects set blind = null, wrapped_key = null, kek_id = null, shredded_by = p_ids[1] where pseudonym = p_shred;
  end if;

  if p_hold is not null then
    update subjects set hold = p_hold_value where pseudonym = p_hold and wrapped_key is not null;
    if not found then
      outcome := 'unknown_subject';
      return;
    end if;
  end if;

  insert into events (idx, id, recorded_at, pseudonym, poster, type, leaf_hash, entry, sealed)
    select p_expected_size + u.ord - 1, u.id, u.recorded_at, u.pseudonym, u.poster, u.type, u.leaf_hash, u.entry, u.sealed
    from unnest(p_ids, p_recorded, p_pseudonyms, p_posters, p_types, p_leaf_hashes, p_entries, p_sealed)
      with ordinality as u(id, recorded_at, pseudonym, poster, type, leaf_hash, entry, sealed, ord);
  insert into event_index (idx, occurred_at, subject, encounter, actor, model, model_version)
    select p_expected_size + u.ord - 1, u.occurred_at, u.subject, u.encounter, u.actor, u.model, u.model_version
    from unnest(p_occurred, p_subjects, p_encounters, p_actors, p_models, p_model_versions)
      with ordinality as u(occurred_at, subject, encounter, actor, model, model_version, ord);
  if cardinality(p_ref_ids) > 0 then
    insert into event_refs (ref, idx) select * from unnest(p_ref_ids, p_ref_idx);
  end if;
  if cardinality(p_tile_levels) > 0 then
    insert into tiles (level, n, root, hashes, nodes)
      select * from unnest(p_tile_levels, p_tile_ns, p_tile_roots, p_tile_hashes, p_tile_nodes);
  end if;
  insert into checkpoints (size, signed_at, root, note) values (p_size, p_signed_at, p_root, p_note);

  update log_head set size = p_size, root = p_root, note = p_note;
  outcome := 'committed';
end $$;
