/**
 * The grounds of Section 1557 of the Affordable Care Act (42 U.S.C. 18116) as 45 CFR 92.210 names them, and which attributes and
 * inputs measure which.
 *
 * @module
 */
import { JOINT } from '../columns.ts';

export const GROUNDS = ['race', 'color', 'national_origin', 'sex', 'age', 'disability'] as const;
export type Ground = (typeof GROUNDS)[number];

/** Names of attributes and inputs, and the grounds that they measure. Names are compared by {@link plainName}. */
export type GroundMap = Readonly<Record<string, readonly Ground[]>>;

/**
 * What usual names measure. Ethnicity counts as race and as national origin, language and limited English proficiency as
 * national origin (45 CFR 92.101, 92.201), gender identity, sexual orientation and pregnancy as sex: where a court or a
 * reader holds otherwise, the map is replaced.
 */
export const DEFAULT_GROUNDS: GroundMap = {
  race: ['race'],
  race_ethnicity: ['race', 'national_origin'],
  ethnicity: ['race', 'national_origin'],
  ethnic_group: ['race', 'national_origin'],
  hispanic: ['race', 'national_origin'],
  color: ['color'],
  skin_color: ['color'],
  skin_tone: ['color'],
  fitzpatrick: ['color'],
  national_origin: ['national_origin'],
  nationality: ['national_origin'],
  country_of_birth: ['national_origin'],
  birth_country: ['national_origin'],
  language: ['national_origin'],
  preferred_language: ['national_origin'],
  primary_language: ['national_origin'],
  limited_english_proficiency: ['national_origin'],
  lep: ['national_origin'],
  sex: ['sex'],
  birth_sex: ['sex'],
  sex_at_birth: ['sex'],
  gender: ['sex'],
  gender_identity: ['sex'],
  sexual_orientation: ['sex'],
  pregnancy: ['sex'],
  pregnant: ['sex'],
  age: ['age'],
  age_group: ['age'],
  age_band: ['age'],
  age_years: ['age'],
  birth_year: ['age'],
  year_of_birth: ['age'],
  birth_date: ['age'],
  date_of_birth: ['age'],
  dob: ['age'],
  disability: ['disability'],
  disabled: ['disability'],
  disability_status: ['disability'],
};

/** A name without what spelling adds: `Date of Birth`, `dateOfBirth` and `date_of_birth` are the same. */
export function plainName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '_')
    .replace(/^_+|_+$/gu, '');
}

/** Grounds that an attribute, an intersection or an input measures; none where its name is not in the map. */
export function groundsOf(name: string, map: GroundMap): readonly Ground[] {
  const byName = new Map(Object.entries(map).map(([known, grounds]) => [plainName(known), grounds]));
  const parts = byName.has(plainName(name)) ? [name] : name.split(JOINT);
  const found = new Set(parts.flatMap((part) => byName.get(plainName(part)) ?? []));
  return GROUNDS.filter((ground) => found.has(ground));
}
