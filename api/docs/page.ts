/**
 * The page `/docs`. Its policy lets the page load this service's own files and nothing else; fonts are the reader's own.
 *
 * @module
 */

/** Redoc writes style elements as it renders, and searches in a worker that it makes from a blob. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  'worker-src blob:',
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The page itself. Without a script it says where to read the same. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Vericlin API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/page.css">
  </head>
  <body>
    <main id="documentation">
      <p>Loading the documentation of this service.</p>
      <noscript>
        <p>This page needs a script, which this service serves itself. The same without one:
        <a href="/openapi.json">the OpenAPI document</a> and
        <a href="/v1/schemas">the event schemas</a>.</p>
      </noscript>
    </main>
    <script src="/docs/redoc.standalone.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** Before Redoc renders, and where there is no script. */
export const PAGE_STYLE = `body { margin: 0; font-family: system-ui, sans-serif; line-height: 1.5; }
#documentation > p, #documentation > noscript > p { margin: 2rem; max-width: 40rem; }
`;

/** Starts Redoc with fonts of the reader's system, so that nothing is fetched from elsewhere. */
export const START_SCRIPT = `Redoc.init(
  '/openapi.json',
  {
    hideDownloadButton: false,
    theme: {
      typography: {
        fontFamily: 'system-ui, sans-serif',
        headings: { fontFamily: 'system-ui, sans-serif' },
        code: { fontFamily: 'ui-monospace, monospace' },
      },
    },
  },
  document.getElementById('documentation'),
);
`;
