/** What the harness uses of oidc-provider, which ships no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    callback(): RequestListener;
    readonly Client: { find(id: string): Promise<object> };
    readonly IdToken: new (
      claims: Readonly<Record<string, unknown>>,
      context: { readonly client: object; readonly ctx: undefined },
    ) => {
      set(name: string, value: unknown): void;
      issue(options: { readonly use: 'idtoken' | 'logout' }): Promise<string>;
    };
  }
}
