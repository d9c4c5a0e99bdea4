/**
 * The roles of the application and of who only reads. Their rights follow the code and not this text: every `npm run
 * migrate` sets them. Roles are the cluster's, so another database may have made them, or make them at this moment.
 */
export const ROLES: readonly string[] = [
  `do $$
   declare
     needed text;
   begin
     foreach needed in array array['plic_app', 'plic_read'] loop
       if not exists (select from pg_roles where rolname = needed) then
         begin
           execute format('create role %I nologin', needed);
         exception
           when duplicate_object or unique_violation then null;
           when insufficient_privilege then
             raise exception 'this user may not create roles: have "create role % nologin" executed, and migrate again',
               needed;
         end;
       end if;
     end loop;
   end $$`,
];
