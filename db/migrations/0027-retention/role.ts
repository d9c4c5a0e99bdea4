/**
 * The role that destroys: it may call the functions of the rules and do nothing else. Roles are the cluster's, so
 * another database may have made it, or make it at this moment. Who migrates becomes a member, to take it on.
 */
export const RETENTION_ROLE = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'plic_retention') then
    begin
      create role plic_retention nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'this user may not create roles: have "create role plic_retention nologin" and '
          '"grant plic_retention to %" executed, and migrate again', current_user;
    end;
  end if;
  if not pg_has_role(current_user, 'plic_retention', 'SET') then
    begin
      execute format('grant plic_retention to %I with inherit false, set true', current_user);
    exception
      when unique_violation or internal_error then null; -- another database grants it at this moment
      when insufficient_privilege then
        raise exception 'this user may not take the role: have "grant plic_retention to %" executed, and migrate again',
          current_user;
    end;
  end if;
end $$`;
