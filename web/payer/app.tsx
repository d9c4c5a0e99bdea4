/** Which page an address shows, and who may see it. */
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, Suspense, useEffect, useState } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { NoAnswer, pauseMs } from '../shared/answers';
import { renewSession } from '../shared/client';
import { useSession } from '../shared/session';
import { hearDeals } from '../shared/stream';
import { ReloadBoundary } from '../shared/ui/reload-boundary';
import { Skeleton } from '../shared/ui/skeleton';
import { FreshBuild } from './installed/fresh-build';
import { useLastSeen } from './installed/last-seen';
import { usePushedPlace } from './installed/pushed-place';
import { HomePage } from './pages/home';
import { later } from './pages/later';
import { NotFoundPage } from './pages/not-found';
import { NotHerePage } from './pages/not-here';
import { WelcomePage } from './pages/welcome';
import { useTexts } from './texts/texts';

export function App() {
  const { texts, language } = useTexts();
  const status = useSession((session) => session.status);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const isCut = useFirstLogIn();
  const hasLastSeen = useLastSeen(isCut);
  useNews(status === 'in');
  usePushedPlace();
  useForgottenPushes(status === 'out');
  const waiting = <Waiting label={texts.loading} />;
  if (status === 'unknown' && !hasLastSeen) return waiting;
  return (
    <>
      <FreshBuild />
      <ReloadBoundary title={texts.account.installed.broken} reload={texts.account.installed.reload}>
        <Suspense fallback={waiting}>
          {status === 'in' && <Inside />}
          {status === 'out' && <Outside />}
          {status === 'unknown' && <LastSeenPages />}
        </Suspense>
      </ReloadBoundary>
    </>
  );
}

/** Fetched once the first page stands: the others, so that a network that fails later stops none of them. */
const DealPage = later(async () => (await import('./pages/deal')).DealPage);
const LogInPage = later(async () => (await import('./pages/log-in')).LogInPage);
const NewDealPage = later(async () => (await import('./pages/new-deal')).NewDealPage);
const PayPage = later(async () => (await import('./pages/pay')).PayPage);
const MePage = later(async () => (await import('./pages/me')).MePage);
const NoticesPage = later(async () => (await import('./pages/notices')).NoticesPage);
const SecurityPage = later(async () => (await import('./pages/security')).SecurityPage);
const ContactPage = later(async () => (await import('./pages/contact')).ContactPage);
const IdentityPage = later(async () => (await import('./pages/identity')).IdentityPage);
const ConsentsPage = later(async () => (await import('./pages/consents')).ConsentsPage);
const LeavePage = later(async () => (await import('./pages/leave')).LeavePage);
const DealByNumberPage = later(async () => (await import('./pages/deal-by-number')).DealByNumberPage);
const ResetPasswordPage = later(async () => (await import('./pages/reset-password')).ResetPasswordPage);
const SignUpPage = later(async () => (await import('./pages/sign-up')).SignUpPage);
const HistoryPage = later(async () => (await import('./pages/history')).HistoryPage);
const ReceiptPage = later(async () => (await import('./pages/receipt')).ReceiptPage);
const CardsPage = later(async () => (await import('./pages/cards')).CardsPage);
const RecipientsPage = later(async () => (await import('./pages/recipients')).RecipientsPage);
const NewRecipientPage = later(async () => (await import('./pages/new-recipient')).NewRecipientPage);

const Waiting = ({ label }: { readonly label: string }): ReactNode => (
  <div className="mx-auto max-w-[30rem] p-5 pt-20">
    <Skeleton label={label} />
  </div>
);

const Inside = (): ReactNode => (
  <Switch>
    <Route path="/" component={HomePage} />
    <Route path="/new/:step" component={NewDealPage} />
    <Route path="/deals/:dealId/pay">{({ dealId }) => <PayPage dealId={dealId} />}</Route>
    <Route path="/deals/:dealId">{({ dealId }) => <DealPage dealId={dealId} />}</Route>
    <Route path="/history" component={HistoryPage} />
    <Route path="/deals/:dealId/receipt">{({ dealId }) => <ReceiptPage dealId={dealId} />}</Route>
    <Route path="/cards" component={CardsPage} />
    <Route path="/recipients" component={RecipientsPage} />
    <Route path="/recipients/new" component={NewRecipientPage} />
    <Route path="/log-in">
      <Redirect to={placeAfterLogIn()} replace />
    </Route>
    <Route path="/sign-up">
      <Redirect to="/" replace />
    </Route>
    <Route path="/me" component={MePage} />
    <Route path="/me/notices" component={NoticesPage} />
    <Route path="/me/security" component={SecurityPage} />
    <Route path="/me/contact" component={ContactPage} />
    <Route path="/me/identity" component={IdentityPage} />
    <Route path="/me/consents" component={ConsentsPage} />
    <Route path="/me/leave" component={LeavePage} />
    <Route path="/deal-numbers/:dealNo">{({ dealNo }) => <DealByNumberPage dealNo={dealNo} />}</Route>
    <Route path="/reset-password">
      <Redirect to="/" replace />
    </Route>
    <Route component={NotFoundPage} />
  </Switch>
);

/** Without a network: what was seen last, and no way to pay. */
const LastSeenPages = (): ReactNode => (
  <Switch>
    <Route path="/" component={HomePage} />
    <Route path="/deals/:dealId">{({ dealId }) => <DealPage dealId={dealId} />}</Route>
    <Route component={NotHerePage} />
  </Switch>
);

const Outside = (): ReactNode => (
  <Switch>
    <Route path="/" component={WelcomePage} />
    <Route path="/sign-up" component={SignUpPage} />
    <Route path="/log-in" component={LogInPage} />
    <Route path="/reset-password" component={ResetPasswordPage} />
    <Route>
      {() => <Redirect to={`/log-in?to=${encodeURIComponent(location.pathname + location.search)}`} replace />}
    </Route>
  </Switch>
);

/** Only a place of this app: an address that came by mail leads nowhere else. */
function placeAfterLogIn(): string {
  const to = new URLSearchParams(location.search).get('to') ?? '/';
  return /^\/[^/\\]/.test(to) ? to : '/';
}

/**
 * Whoever was logged in still is: the cookie says so. Without an answer it is asked for again. Answers whether there
 * has been none.
 */
function useFirstLogIn(): boolean {
  const [isCut, setIsCut] = useState(false);
  useEffect(() => {
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (failures: number): Promise<unknown> =>
      renewSession().catch((error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error;
        if (left.signal.aborted) return;
        setIsCut(true);
        clearTimeout(timer);
        timer = setTimeout(() => void ask(failures + 1), pauseMs(failures, error));
      });
    const askAtOnce = () => useSession.getState().status === 'unknown' && void ask(0);
    addEventListener('online', askAtOnce, { signal: left.signal });
    void ask(0);
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, []);
  return isCut;
}

/** Every change of a deal has the deals read anew. */
function useNews(on: boolean): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!on) return;
    const left = new AbortController();
    void hearDeals(left.signal, () => void queryClient.invalidateQueries({ queryKey: ['deals'] }));
    return () => left.abort();
  }, [on, queryClient]);
}

/** A session that has run out, too: this device tells nobody of that member's deals any more. */
function useForgottenPushes(out: boolean): void {
  useEffect(() => {
    if (out) void import('./account/push').then(({ forgetPushes }) => forgetPushes());
  }, [out]);
}
