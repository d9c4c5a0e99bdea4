/** `npm run notices:docs`: makes the texts of docs/notices.md anew. */
import { writeFileSync } from 'node:fs';
import { DOCUMENT_FILE, noticesDocument } from './document';

writeFileSync(DOCUMENT_FILE, noticesDocument());
