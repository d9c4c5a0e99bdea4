/** How the history is filtered: by how a deal stands, by its month, by words. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { kstDay, monthText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { Button } from '../../shared/ui/button';
import { Choice } from '../../shared/ui/choice';
import { Field } from '../../shared/ui/field';
import { Select } from '../../shared/ui/select';
import { meQuery } from '../data';
import { useTexts } from '../texts/texts';
import { GROUPS, SEARCH_MAX, useFilter } from './filter';

export function Filters(): ReactNode {
  const { texts } = useTexts();
  const { filter, set } = useFilter();
  return (
    <section className="flex flex-col gap-4" aria-label={texts.history.search}>
      <Choice
        legend={texts.history.status}
        name="status"
        chips
        options={GROUPS.map((value) => ({ value, label: texts.history.groups[value] }))}
        value={filter.group}
        choose={(group) => set('status', group === 'all' ? '' : group)}
      />
      <MonthChoice month={filter.month} choose={(month) => set('month', month)} />
      <Search sought={filter.q} search={(q) => set('q', q)} />
    </section>
  );
}

interface MonthProps {
  readonly month: string | undefined;
  choose(month: string): void;
}

function MonthChoice({ month, choose }: MonthProps): ReactNode {
  const { texts, language } = useTexts();
  const { data: me } = useQuery(meQuery);
  const known = monthsSince(me?.memberSince);
  const months = month === undefined || known.includes(month) ? known : [...known, month];
  return (
    <Select label={texts.history.month} value={month ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">{texts.history.everyMonth}</option>
      {months.map((one) => (
        <option key={one} value={one}>
          {monthText(one, language)}
        </option>
      ))}
    </Select>
  );
}

/** Months of Korea, this one first, back to that of the instant; without one this month alone. */
function monthsSince(iso: string | undefined): string[] {
  const last = kstDay(new Date(serverNow())).slice(0, 7);
  const first = iso === undefined ? last : kstDay(new Date(iso)).slice(0, 7);
  const months = [last];
  const before = new Date(`${last}-01T00:00:00Z`);
  while ((months.at(-1) ?? '') > first) {
    before.setUTCMonth(before.getUTCMonth() - 1);
    months.push(before.toISOString().slice(0, 7));
  }
  return months;
}

interface SearchProps {
  readonly sought: string;
  search(text: string): void;
}

function Search({ sought, search }: SearchProps): ReactNode {
  const { texts } = useTexts();
  const [text, setText] = useState(sought);
  useEffect(() => setText(sought), [sought]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    search(text.trim());
  };
  return (
    <form onSubmit={submit}>
      <Field
        label={texts.history.search}
        hint={texts.history.searchHint}
        type="search"
        enterKeyHint="search"
        maxLength={SEARCH_MAX}
        value={text}
        onChange={(event) => setText(event.target.value)}
        beside={
          <Button type="submit" look="quiet" className="shrink-0">
            {texts.history.find}
          </Button>
        }
      />
    </form>
  );
}
