/**
 * What was written to the archive: each part as it was sent there, and each month once it is whole, by the hash of its
 * manifest. Rows are added and never changed: an object that is another by now is known by them.
 */
export const ARCHIVES: readonly string[] = [
  `create table archive_parts (
     -- The first KST day of the month whose deals it holds.
     month date not null check (extract(day from month) = 1),
     -- A month is written again, under the next number, when its deals went on.
     number int not null check (number > 0),
     table_name text not null,
     part int not null check (part > 0),
     rows int not null check (rows > 0),
     bytes int8 not null check (bytes > 0),
     -- Of the object, as it lies there.
     sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (month, number, table_name, part));
   create trigger archive_parts_immutable before update or delete or truncate on archive_parts
     for each statement execute function refuse_change()`,
  `create table archives (
     month date not null check (extract(day from month) = 1),
     number int not null check (number > 0),
     -- Of the manifest, which is written last; null: this number was given up.
     manifest_sha256 text check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
     -- Rows by table, as the database had them.
     counts jsonb check ((counts is null) = (manifest_sha256 is null)),
     refused text check ((refused is null) = (manifest_sha256 is not null)),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (month, number));
   create trigger archives_immutable before update or delete or truncate on archives
     for each statement execute function refuse_change()`,
];
