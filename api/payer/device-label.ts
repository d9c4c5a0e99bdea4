/** What a User-Agent says of the kind of a device, by which its owner knows it again; no version, no model. */
type Kinds = readonly (readonly [RegExp, string])[];

const SYSTEMS: Kinds = [
  [/iPhone|iPad|iPod|\biOS\b/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS/, 'macOS'],
  [/Darwin/, 'Apple'], // an app of a phone or of a desktop: it does not say which
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];
/** Those that name others besides themselves come before them. */
const BROWSERS: Kinds = [
  [/Whale\//, 'Whale'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Edg(A|iOS)?\//, 'Edge'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

const first = (kinds: Kinds, text: string): string | undefined => kinds.find(([pattern]) => pattern.test(text))?.[1];

/** `Chrome, Android`, `iOS`, or `unknown`: one of a short list of words, whatever the header says. */
export function deviceLabel(userAgent = ''): string {
  const said = userAgent.slice(0, 512);
  return [first(BROWSERS, said), first(SYSTEMS, said)].filter(Boolean).join(', ') || 'unknown';
}
