import { defineEventSchema } from './define.ts';
import { artefactDigest, code, count, identifier, text, uuid } from './members.ts';

/** The configuration of the service changed. */
export const CONFIG_CHANGE = defineEventSchema('config_change', {
  title: 'Configuration change',
  description:
    'The configuration of the service changed: keys made or revoked, key-encryption key rotated, migrations applied. Holds no secret.',
  properties: {
    change: code('What changed, e.g. api_key_created, kek_rotated, migration_applied.'),
    by: identifier('Principal that did it.'),
    keyId: uuid('Id of an API key.'),
    keyName: text('Name of an API key.', 256),
    role: code('Role of an API key.'),
    kekId: identifier('Id of a key-encryption key.'),
    rewrapped: count('Data keys rewrapped.'),
    migration: code('Name of a migration.'),
    migrationDigest: artefactDigest('SHA-256 of the migration.'),
    setting: code('Name of a setting.'),
    before: { description: 'Former value.', type: ['string', 'number', 'boolean', 'null'] },
    after: { description: 'New value.', type: ['string', 'number', 'boolean', 'null'] },
    softwareVersion: code('Version of the service.'),
    detail: { description: 'More.', type: 'object' },
  },
  required: ['change'],
});
