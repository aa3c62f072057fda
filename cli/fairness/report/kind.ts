import { kindOf as kindInCatalogue, type Kind } from '../../../fairness/audit/catalogue.ts';

/** How a metric reads. Names that the catalogue does not have, of the libraries' profiles, say it by their ending. */
export function kindOf(name: string): Kind {
  const known = kindInCatalogue(name);
  if (known !== undefined) return known;
  if (/_(ratio|disparity|impact)$/.test(name)) return 'ratio';
  return /_difference$/.test(name) ? 'difference' : 'index';
}
