import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import { defineConfig, globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'

const features = ['account', 'activity', 'login', 'posts', 'system', 'users']

/** Folders of features/posts, and the other ones that each may import. `data` is the base, `diff` and `preview` are leaves. */
const postsFolders = {
  data: [],
  diff: ['data'],
  preview: ['data'],
  list: ['data'],
  history: ['data', 'diff', 'preview'],
  editor: ['data', 'diff', 'preview'],
}

/** A pattern of no-restricted-imports for everything in the named folders. */
const inFolders = (folders, message) => ({ regex: `/(${folders.join('|')})/`, message })

const forbid = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })

/** The patterns for a feature: no app and no other feature, but for login/useSession. */
const outside = (feature) => [
  packages,
  inFolders(
    ['app', ...features.filter((other) => other !== feature && other !== 'login')],
    'A feature imports live, api and ui; never the app, never another feature (login: useSession only).',
  ),
  ...(feature === 'login' ? [] : [{ regex: '/login/(?!useSession)', message: 'Of login, features may only use useSession.' }]),
]

const packages = { regex: 'packages/', message: 'Import @wiredesk/client and @wiredesk/react by name: their entries are the interface.' }
const dashboard = { regex: '(^|/)(src|api|app|features|live|ui)/', message: 'A package imports nothing of the dashboard.' }
const frameworks = { regex: '^(react|react-dom|@mantine|@tanstack|@wiredesk/react)(/|$)', message: 'client depends on no framework.' }

// app → features → {live, api, ui}, live → api; all → @wiredesk/react → @wiredesk/client. Imports inside a folder are free.
const arrows = [
  { files: ['packages/client/src/**'], rules: forbid(dashboard, frameworks) },
  { files: ['packages/react/src/**'], rules: forbid(dashboard, packages, { regex: '^(@mantine|@tanstack)/', message: 'react needs React only.' }) },
  { files: ['src/app/**'], rules: forbid(packages) },
  { files: ['src/api/**'], rules: forbid(packages, inFolders(['app', 'features', 'live', 'ui'], 'api imports no other folder of src.')) },
  { files: ['src/ui/**'], rules: forbid(packages, inFolders(['api', 'app', 'features', 'live'], 'ui imports no other folder of src.')) },
  { files: ['src/live/**'], rules: forbid(packages, inFolders(['app', 'features', 'ui'], 'live imports api only.')) },
  ...features.map((feature) => ({ files: [`src/features/${feature}/**`], rules: forbid(...outside(feature)) })),
  ...Object.entries(postsFolders).map(([folder, allowed]) => {
    const refused = Object.keys(postsFolders).filter((other) => other !== folder && !allowed.includes(other))
    const message = `posts/${folder} imports ${allowed.join(', ') || 'no other folder'} of features/posts.`
    return { files: [`src/features/posts/${folder}/**`], rules: forbid(...outside('posts'), inFolders(refused, message)) }
  }),
]

export default defineConfig(
  globalIgnores(['dist', 'packages/*/dist', 'packages/client/src/schema.gen.ts', 'test-results', 'playwright-report', 'bench/dist']),
  js.configs.recommended,
  ts.configs.strict,
  ts.configs.stylistic,
  hooks.configs.flat['recommended-latest'],
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'ExportAllDeclaration', message: 'No barrels.' },
      ],
    },
  },
  { files: ['{src,packages}/**/*.tsx'], rules: { 'max-lines': ['error', 200] } },
  {
    files: ['{src,packages}/**/*.{ts,tsx}'],
    ignores: ['**/*.test.*'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }] },
  },
  { files: ['**/*.config.{js,ts}'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['packages/*/example.*'], rules: { 'no-console': 'off' } },
  ...arrows,
)
