import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import { defineConfig, globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'

const features = ['account', 'activity', 'login', 'posts', 'system', 'users']

/** Refuses imports from the named folders of src, with the reason. */
const forbid = (folders, message, alsoNot = []) => ({
  'no-restricted-imports': [
    'error',
    { patterns: [{ regex: `/(${folders.join('|')})/`, message }, ...alsoNot] },
  ],
})

// app → features → {live, api, ui}, live → api. `.` and `..` imports inside a folder stay free.
const arrows = [
  { files: ['src/api/**'], rules: forbid(['app', 'features', 'live', 'ui'], 'api imports nothing of ours.') },
  { files: ['src/ui/**'], rules: forbid(['app', 'features', 'live'], 'ui is props only.') },
  { files: ['src/live/**'], rules: forbid(['app', 'features', 'ui'], 'live imports api only.') },
  ...features.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: forbid(
      ['app', ...features.filter((other) => other !== feature && other !== 'login')],
      'A feature imports live, api and ui; never the app, never another feature (login: useSession only).',
      feature === 'login'
        ? []
        : [{ regex: '/login/(?!useSession)', message: 'Of login, features may only use useSession.' }],
    ),
  })),
]

export default defineConfig(
  globalIgnores(['dist', 'src/api/schema.gen.ts', 'test-results', 'playwright-report', 'bench/dist']),
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
  { files: ['src/**/*.tsx'], rules: { 'max-lines': ['error', 200] } },
  { files: ['**/*.config.{js,ts}'], rules: { 'no-restricted-syntax': 'off' } },
  ...arrows,
)
