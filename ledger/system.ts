import type { Principal } from './ports.ts';

/** Who acts on the service's own behalf, and who asks when nobody was authenticated. */
export const SYSTEM: Principal = { id: 'system', role: 'admin', actor: 'system', grants: [] };
