/** Something people should read now: it is announced, and never only a colour. */
import type { ReactNode } from 'react';

const LOOKS = {
  info: { box: 'bg-tint', mark: 'text-brand', sign: 'i' },
  good: { box: 'bg-tint', mark: 'text-good', sign: '✓' },
  warn: { box: 'bg-raised', mark: 'text-warn', sign: '!' },
  bad: { box: 'bg-raised', mark: 'text-bad', sign: '!' },
} as const;

interface Props {
  readonly look?: keyof typeof LOOKS;
  readonly title?: string | undefined;
  readonly children?: ReactNode;
}

export function Notice({ look = 'info', title, children }: Props) {
  const { box, mark, sign } = LOOKS[look];
  return (
    <div role={look === 'bad' ? 'alert' : 'status'} className={`flex gap-3 rounded-2xl p-4 ${box}`}>
      <span
        aria-hidden="true"
        className={`mt-0.5 flex h-5 w-5 shrink-0 items-center justify-center rounded-full border-2 border-current
          text-xs font-bold ${mark}`}
      >
        {sign}
      </span>
      <div className="flex min-w-0 flex-col gap-1">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className="text-soft">{children}</div>}
      </div>
    </div>
  );
}
