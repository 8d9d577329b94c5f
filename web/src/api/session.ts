import { Session } from '@wiredesk/client'
import { apiBase } from './base'

/** The session of this page. Its token is in memory only. */
export const session = new Session({ baseUrl: apiBase })
