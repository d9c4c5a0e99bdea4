/** A page of the app: its heading gets the focus when it is come to, so that a screen reader begins there. */
import { type ReactNode, useEffect, useRef } from 'react';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  readonly back?: { readonly label: string; go(): void } | undefined;
  readonly aside?: ReactNode;
  /** At the foot of the screen: what people came to do. */
  readonly foot?: ReactNode;
}

/** For when what had the focus is gone. */
export const focusHeading = (): void => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });

export function Page({ title, back, aside, foot, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · PLIC`;
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-[30rem] flex-col">
      <header className="flex min-h-14 items-center gap-1 px-3 pt-[env(safe-area-inset-top)]">
        {back && (
          <button
            type="button"
            aria-label={back.label}
            onClick={back.go}
            className="flex h-11 w-11 items-center justify-center rounded-full text-2xl"
          >
            <span aria-hidden="true">‹</span>
          </button>
        )}
        <div className="ml-auto flex items-center gap-1">{aside}</div>
      </header>
      <main className="flex grow flex-col gap-6 px-5 pb-8">
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-bold leading-snug outline-none">
          {title}
        </h1>
        {children}
      </main>
      {foot && (
        <footer
          className={`sticky bottom-0 flex flex-col gap-2 border-t border-line bg-ground px-5 pt-3
            pb-[max(1rem,env(safe-area-inset-bottom))]`}
        >
          {foot}
        </footer>
      )}
    </div>
  );
}
