/** The API and the worker of one house read their configuration from one environment. */
import { type ApiConfig, loadApiConfig } from '../../infra/config/api';
import type { Environment } from '../../infra/config/load';
import { loadWorkerConfig, type WorkerConfig } from '../../infra/config/worker';

export type HouseConfig = ApiConfig & WorkerConfig;

/** What both of them know. */
export function houseConfig(env: Environment): HouseConfig {
  const [api, worker] = [loadApiConfig(env), loadWorkerConfig(env)];
  return {
    ...api,
    ...worker,
    softpayment: { ...api.softpayment, ...worker.softpayment },
    bank: { ...api.bank, ...worker.bank },
  };
}
