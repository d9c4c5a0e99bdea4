/** `npm run notices`: what notices say, with sample variables. It needs no server, and sends nothing. */
import { parseArgs } from 'node:util';
import { eucKrBytes, SMS_BYTES_MAX } from '../../infra/providers/euc-kr';
import { outliveReader } from '../../infra/reader';
import type { NoticeTemplate } from '../../workflows/domain/notices';
import { NOTICE_TEMPLATES, type NoticePreview, previewsOf } from '../../workflows/domain/words/notice-previews';
import { LANGUAGES, type Language } from '../../workflows/domain/words/words';
import { write } from './deal-report';
import { tellFailure, UsageError } from './orders';

const HELP = `npm run notices -- preview   every text of every notice, with sample variables; of an SMS its bytes
  --template <name>          of this notice alone
  --language <ko|en>         in this language alone

What leaves when and by which channel: docs/notices.md.
`;

const text = { type: 'string' } as const;
const options = {
  ...{ template: text, language: text },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The one of the list that is named; all of them when none is. */
function named<T extends string>(what: string, list: readonly T[], given: string | undefined): readonly T[] {
  if (given === undefined) return list;
  const found = list.filter((one) => one === given);
  if (found.length === 0) throw new UsageError(`there is no ${what} "${given}": it is one of ${list.join(', ')}`);
  return found;
}

function print({ template, channel, language, title, text }: NoticePreview): void {
  const bytes = eucKrBytes(text);
  const size = channel === 'sms' ? `, ${bytes} bytes: ${bytes <= SMS_BYTES_MAX ? 'SMS' : 'LMS'}` : '';
  write(`${template} by ${channel} in ${language}${size}`);
  const lines = channel === 'sms' ? text : `${title}\n\n${text}`;
  write(`${lines.replace(/^/gm, '    ')}\n`);
}

function main(argv: string[]): void {
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  if (values.help || positionals.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.join(' ') !== 'preview') throw new UsageError(`unknown: "${positionals.join(' ')}"`);
  const templates: readonly NoticeTemplate[] = named('notice', NOTICE_TEMPLATES, values.template);
  const languages: readonly Language[] = named('language', LANGUAGES, values.language);
  const previews = templates.flatMap(previewsOf);
  for (const one of previews) if (languages.includes(one.language)) print(one);
}

outliveReader();
try {
  main(process.argv.slice(2));
} catch (error) {
  tellFailure('notices', error as Error);
  process.exit(1);
}
