/**
 * An Idempotency-Key belongs to the path on which it came first. Two requests at once could claim one on two paths:
 * what both were answered is kept, and the later row is marked, so that the key is taken on no third path. A stored
 * answer is replayed with the headers that it had.
 */
export const ONE_KEY_ONE_PATH = [
  `lock table idempotency_keys in share row exclusive mode;
   alter table idempotency_keys
     add column beside_first boolean not null default false,
     add column headers jsonb not null default '{}';
   update idempotency_keys k set beside_first = true
   from (select user_id, method, path, key, row_number()
           over (partition by user_id, key order by created_at, method, path) as n
         from idempotency_keys) o
   where o.n > 1 and (o.user_id, o.method, o.path, o.key) = (k.user_id, k.method, k.path, k.key);
   create unique index idempotency_keys_one_path on idempotency_keys (user_id, key) where not beside_first;`,
] as const;
