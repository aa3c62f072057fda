/**
 * The structure rules of PROV-JSON (W3C member submission, 24 April 2013) for the records that Vericlin writes, with
 * PROV-DM's types of the ends of each relation. Everything not allowed here is a fault.
 *
 * @module
 */

type Json = Readonly<Record<string, unknown>>;

/** Of each relation: its ends, the section that each must stand in, and whether it may be missing. */
const RELATIONS: Readonly<Record<string, Readonly<Record<string, 'entity' | 'activity' | 'agent'>>>> = {
  used: { 'prov:activity': 'activity', 'prov:entity': 'entity' },
  wasGeneratedBy: { 'prov:entity': 'entity', 'prov:activity': 'activity' },
  wasDerivedFrom: { 'prov:generatedEntity': 'entity', 'prov:usedEntity': 'entity', 'prov:activity': 'activity' },
  wasAssociatedWith: { 'prov:activity': 'activity', 'prov:agent': 'agent' },
};
const ELEMENTS = ['entity', 'activity', 'agent'];
/** Attributes of the PROV namespace that are no ends. */
const PROV_ATTRIBUTES = new Set([
  'prov:type',
  'prov:role',
  'prov:label',
  'prov:time',
  'prov:startTime',
  'prov:endTime',
]);
const TIMED = new Set(['prov:time', 'prov:startTime', 'prov:endTime']);
/** Known to every reader without a declaration. */
const BUILT_IN = ['prov', 'xsd'];
/** PROV-N PN_PREFIX and PN_LOCAL, without the escapes that Vericlin does not use. */
const NAME = /^([A-Za-z][A-Za-z0-9_-]*):(?:(?:[A-Za-z0-9_.-]|%[0-9a-fA-F]{2})*(?:[A-Za-z0-9_-]|%[0-9a-fA-F]{2}))$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** What is wrong with a document; nothing if it is well-formed. */
export function findProvFaults(document: Json): string[] {
  const faults: string[] = [];
  const prefixes = new Set([...BUILT_IN, ...Object.keys(object(document['prefix']))]);
  for (const [prefix, uri] of Object.entries(object(document['prefix']))) {
    if (!/^[A-Za-z0-9_-]+$/.test(prefix)) faults.push(`prefix ${prefix}: not a prefix`);
    if (typeof uri !== 'string' || !URL.canParse(uri)) faults.push(`prefix ${prefix}: not a URI`);
  }
  const checkName = (name: unknown, where: string): void => {
    const match = typeof name === 'string' ? NAME.exec(name) : null;
    if (match === null) faults.push(`${where}: not a qualified name`);
    else if (!prefixes.has(match[1]!)) faults.push(`${where}: the prefix is not declared`);
  };
  for (const [section, records] of Object.entries(document)) {
    if (section === 'prefix') continue;
    const ends = RELATIONS[section];
    if (ends === undefined && !ELEMENTS.includes(section)) faults.push(`${section}: no such section`);
    for (const [id, record] of Object.entries(object(records))) {
      const where = `${section} ${id}`;
      // Only relations may be nameless.
      if (ends === undefined || !/^_:[A-Za-z0-9]+$/.test(id)) checkName(id, where);
      faults.push(...endFaults(document, object(record), ends ?? {}, where));
      for (const [attribute, value] of Object.entries(object(record))) {
        if (attribute in (ends ?? {})) continue;
        checkName(attribute, `${where} ${attribute}`);
        if (attribute.startsWith('prov:') && !PROV_ATTRIBUTES.has(attribute))
          faults.push(`${where}: ${attribute} does not belong`);
        if (TIMED.has(attribute) && !(typeof value === 'string' && DATE_TIME.test(value)))
          faults.push(`${where}: not a time`);
        faults.push(...valueFaults(value, `${where} ${attribute}`, checkName));
      }
    }
  }
  return faults;
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

/** Each end is there and is a record of the right section. */
function endFaults(document: Json, record: Json, ends: Readonly<Record<string, string>>, where: string): string[] {
  return Object.entries(ends).flatMap(([end, section]) => {
    const id = record[end];
    if (typeof id !== 'string') return [`${where}: ${end} is missing`];
    return id in object(document[section]) ? [] : [`${where}: ${end} is no ${section} of the document`];
  });
}

/** §2.3: a string, number or boolean, or `{$, type}` with a datatype of a known namespace. */
function valueFaults(value: unknown, where: string, checkName: (name: unknown, where: string) => void): string[] {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return [];
  const { $: content, type, ...rest } = object(value);
  if (typeof content !== 'string' || Object.keys(rest).length > 0) return [`${where}: not a value`];
  checkName(type, `${where} type`);
  if (type === 'xsd:QName') checkName(content, `${where} $`);
  if (type === 'xsd:anyURI' && !URL.canParse(content)) return [`${where}: not a URI`];
  if (type === 'xsd:long' && !/^\d+$/.test(content)) return [`${where}: not a number`];
  return [];
}
