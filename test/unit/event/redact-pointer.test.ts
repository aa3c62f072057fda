import { describe, expect, it } from 'vitest';
import { redactPointer } from '../../../ledger/event/index.ts';

describe('a pointer that may leave the process', () => {
  it.each([
    ['', ''],
    ['/type', '/type'],
    ['/recordedAt', '/recordedAt'],
    ['/3/payload/riskScore', '/3/payload/riskScore'],
    ['/payload/confidenceInterval/1', '/payload/confidenceInterval/1'],
    ['/payload/attributions/12/weight', '/payload/attributions/12/weight'],
    ['/refs/63', '/refs/63'],
    ['/model/digest', '/model/digest'],
    ['/payload/by/principal', '/payload/by/principal'],
  ])('keeps known names: %s', (pointer, kept) => {
    expect(redactPointer(pointer)).toBe(kept);
  });

  it.each([
    ['/Jane Doe', ''],
    ['/payload/Jane Doe/riskScore', '/payload'],
    ['/3/payload/scores/Jane Doe', '/3/payload/scores'],
    ['/payload/input/MRN-0042', '/payload/input'],
    // Known, but not there: the name could be chosen to say something.
    ['/payload/subject', '/payload'],
    ['/model/riskScore', '/model'],
    ['/type/payload', '/type'],
    // Digits are no index where no array can stand, nor beyond its length.
    ['/payload/12345', '/payload'],
    ['/payload/attributions/123456789', '/payload/attributions'],
    ['/123456789', ''],
    ['/payload/confidenceInterval/2', '/payload/confidenceInterval'],
    ['/refs/64', '/refs'],
    ['/refs/01', '/refs'],
    ['/refs/-', '/refs'],
    ['/3/4/payload', '/3'],
    ['/payload/constructor', '/payload'],
    ['/payload/__proto__', '/payload'],
    ['/payload~1riskScore', ''],
    ['/', ''],
    ['payload', ''],
  ])('is cut at the first unknown name: %s', (pointer, kept) => {
    expect(redactPointer(pointer)).toBe(kept);
  });
});
