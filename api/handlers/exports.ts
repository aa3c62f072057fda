/**
 * `POST /v1/exports`: an export is recorded before it starts.
 *
 * @module
 */
import type { Handlers } from '../handler.ts';
import { jsonReply } from '../http/reply.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

/** Exports. */
export function exportHandlers({ record }: HandlerDeps): Pick<Handlers, 'createExport'> {
  return {
    createExport: async (call) => {
      const { kind, reason } = call.body;
      const { id, checkpoint } = await record(call.principal, {
        action: 'export',
        operation: 'createExport',
        outcome: 'success',
        ...originOf(call),
        detail: { kind, ...(reason === undefined ? {} : { reason }) },
      });
      return jsonReply(201, { checkpoint, access: id });
    },
  };
}
