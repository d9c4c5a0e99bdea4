/** zod with OpenAPI metadata: schemas are the single source of types, checks and documentation. */
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

extendZodWithOpenApi(z); // before any schema is made

export { z };
