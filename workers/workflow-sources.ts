/** What a workflow bundle is made of; every bundle of the house's workflows is made of this. */
import { join } from 'node:path';
import type { BundleOptions } from '@temporalio/worker';

/** The workflows with their interceptors; `folder`: a copy of `workflows/` to bundle instead. */
export function workflowSources(
  folder: string = join(__dirname, '../workflows'),
): Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules'> {
  return {
    workflowsPath: join(folder, 'index.ts'),
    workflowInterceptorModules: [join(folder, 'one-at-a-time.ts')],
  };
}
