/** The texts of docs/notices.md, between two marks: made from the templates and their sample variables. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eucKrBytes, SMS_BYTES_MAX } from '../../infra/providers/euc-kr';
import type { NoticeTemplate } from '../../workflows/domain/notices';
import { NOTICE_TEMPLATES, type NoticePreview, previewsOf } from '../../workflows/domain/words/notice-previews';

export const DOCUMENT_FILE = join(__dirname, '../../docs/notices.md');
const [BEGIN, END] = ['<!-- texts: npm run notices:docs -->', '<!-- end of texts -->'];

/** The document with its texts made anew. Throws when it lacks a mark. */
export function noticesDocument(): string {
  const present = readFileSync(DOCUMENT_FILE, 'utf8');
  const [before, rest] = present.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/notices.md lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n\n${NOTICE_TEMPLATES.map(tableOf).join('\n\n')}\n\n${END}${after}`;
}

function tableOf(template: NoticeTemplate): string {
  const previews = previewsOf(template);
  const channels = [...new Set(previews.map(({ channel }) => channel))];
  const rows = channels.map((channel) => {
    const cells = previews.filter((one) => one.channel === channel).map(cellOf);
    return `| ${channel} | ${cells.join(' | ')} |`;
  });
  return [`### \`${template}\``, '', '| | ko | en |', '|---|---|---|', ...rows].join('\n');
}

/** An SMS has no title of its own. */
function cellOf({ channel, title, text }: NoticePreview): string {
  const lines = text.replaceAll('\n', '<br>');
  if (channel !== 'sms') return `**${title}**<br>${lines}`;
  const bytes = eucKrBytes(text);
  return `${lines}<br>*${bytes} bytes, ${bytes <= SMS_BYTES_MAX ? 'SMS' : 'LMS'}*`;
}
