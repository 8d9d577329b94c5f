const configured = import.meta.env['NEXT_PUBLIC_API_URL'] as string | undefined

/** Where the API is, without a slash at the end: as configured at the build, else the origin of this page. */
export const apiBase: string = (configured || location.origin).replace(/\/$/, '')
