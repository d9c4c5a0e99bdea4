/** A folder of built pages, as who builds it (`npm start`) and who serves it (the API) know it. */

/** Beside the folder, when its build failed: the last words of that build. */
export const failureFileOf = (folder: string): string => `${folder}.failed`;

/** The log of that build, among those of `npm start`. */
export const WEB_BUILD_LOG = 'web-build';
