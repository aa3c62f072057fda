/** Times in envelopes: RFC 3339 in UTC. @module */

const LAYOUT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

const twoDigits = (text: string, at: number): number => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/**
 * Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, fraction cut to milliseconds; `undefined` for other
 * text, dates that do not exist, or years outside 1900..9999. Leap seconds (`:60`) are refused: neither PostgreSQL
 * nor JavaScript keeps them apart from the next second, and a time must read back as it was posted.
 */
export function parseEventTime(text: string): number | undefined {
  if (text.length > 30 || !LAYOUT.test(text)) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (year < 1900 || day < 1 || day > daysIn(year, month)) return undefined;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const millis = text.length > 20 ? Number(text.slice(20, -1).padEnd(3, '0').slice(0, 3)) : 0;
  return Date.UTC(year, month - 1, day, hour, minute, second, millis);
}
