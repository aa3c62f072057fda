/** Watches the certificates of the Fabric profile. @module */
import type { Logger } from 'pino';
import type { AnchorCertificate } from '../ledger/anchor/status.ts';

/** Certificates are announced this long before they expire. */
const ANNOUNCE_DAYS = 30;
const DAY_MS = 86_400_000;
const ANNOUNCE_EVERY_MS = DAY_MS;

/** Says now and once a day which certificates expire within 30 days. @returns what ends it */
export function announceExpiry(certificates: readonly AnchorCertificate[], logger: Logger): () => void {
  const announce = (): void => {
    for (const { name, notAfter } of certificates) {
      const days = Math.floor((Date.parse(notAfter) - Date.now()) / DAY_MS);
      if (days >= ANNOUNCE_DAYS) continue;
      const words = days < 0 ? 'has expired' : `expires in ${days} days`;
      logger.warn(
        { anchor: 'certificate', detail: `${name}: ${notAfter}` },
        `a Fabric certificate ${words}: replace it`,
      );
    }
  };
  announce();
  const timer = setInterval(announce, ANNOUNCE_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
