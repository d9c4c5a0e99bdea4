/** The place of what is still on its way, so that nothing jumps when it comes. */
export function Skeleton({ rows = 3, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <div key={row} className="h-16 animate-pulse rounded-2xl bg-raised" />
      ))}
    </div>
  );
}
