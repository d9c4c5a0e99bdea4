/** Work under way; the words beside it say which, so that it is hidden from screen readers. */
export function Spinner({ size = 'h-5 w-5' }: { readonly size?: string }) {
  return (
    <svg className={`${size} shrink-0 animate-spin`} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <circle cx="12" cy="12" r="9" stroke="currentColor" strokeOpacity="0.25" strokeWidth="3" />
      <path d="M21 12a9 9 0 0 0-9-9" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
