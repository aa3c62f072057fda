/**
 * Reads a C2SP tlog-tiles entry bundle (attacker-controlled): `width` times uint16-BE length ‖ entry. The entries are
 * views. `undefined` if it is no bundle of at least that width; `rest` is what follows.
 */
export function parseEntryBundle(
  bytes: Uint8Array,
  width: number,
): { readonly entries: readonly Uint8Array[]; readonly end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return undefined;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return { entries, end: at };
}
