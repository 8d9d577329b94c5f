import { join } from 'node:path'

const sources = (name: string) => join(import.meta.dirname, 'packages', name, 'src/index.ts')

/** The dashboard is built from the sources of the packages, so that none has to be built first. tsconfig.json has the same paths. */
export const packageSources = { '@wiredesk/client': sources('client'), '@wiredesk/react': sources('react') }
