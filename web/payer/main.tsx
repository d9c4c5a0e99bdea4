/** The payer's app (spec §11): log-in by cookie, then the pages. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { isUndecided, pauseMs } from '../shared/answers';
import '../shared/styles.css';
import { App } from './app';
import { keepToOneMember } from './one-member';

/** What is read is asked for again a few times; what is sent says by itself what may be repeated. */
const READS_MAX = 3;
const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => failures < READS_MAX && isUndecided(error),
      retryDelay: pauseMs,
    },
  },
});

keepToOneMember(queryClient);

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
