/**
 * Checks the built packages: what npm would publish, that Node can load them, that their types resolve by the rules of Node
 * and of bundlers, and that the example of each README is the one that is compiled.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import ts from 'typescript'

const problems = []
const packages = { client: 'example.ts', react: 'example.tsx' }

for (const [name, example] of Object.entries(packages)) {
  const folder = join(import.meta.dirname, 'packages', name)
  checkFiles(name, folder)
  const text = readFileSync(join(folder, example), 'utf8')
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  if (!readme.includes(`\n${text}\`\`\``)) problems.push(`packages/${name}/README.md: the code is not that of ${example}`)
  const entry = join(folder, 'dist/index.js')
  await import(entry).catch((error) => problems.push(`${entry}: ${error.message}`))
}
checkTypes()

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`)
  process.exitCode = 1
}

/** Compares the list of `npm pack` with the sources: a JavaScript file and its types for each. */
function checkFiles(name, folder) {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel', 'error'], { cwd: folder, encoding: 'utf8' })
  const packed = JSON.parse(output)[0].files.map(({ path }) => path)
  const sources = readdirSync(join(folder, 'src')).filter((file) => !file.includes('.test.'))
  const built = sources.flatMap((file) => ['.js', '.d.ts'].map((ending) => `dist/${file.replace(/\.tsx?$/, ending)}`))
  const expected = new Set(['LICENSE', 'README.md', 'package.json', ...built])
  for (const path of packed) if (!expected.has(path)) problems.push(`@wiredesk/${name} would publish ${path}, which no source has made`)
  for (const path of expected) if (!packed.includes(path)) problems.push(`@wiredesk/${name} would not publish ${path}`)
}

/** Compiles the examples as another project would. */
function checkTypes() {
  const lib = ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts']
  const common = { target: ts.ScriptTarget.ES2022, lib, strict: true, noEmit: true, types: [], skipDefaultLibCheck: true, jsx: ts.JsxEmit.ReactJSX }
  const rules = [
    { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  ]
  const examples = Object.entries(packages).map(([name, example]) => join(import.meta.dirname, 'packages', name, example))
  for (const rule of rules) {
    const program = ts.createProgram(examples, { ...common, ...rule })
    for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
      problems.push(`${file?.fileName ?? 'examples'}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    }
    const read = program.getSourceFiles().map(({ fileName }) => fileName)
    for (const name of Object.keys(packages)) {
      if (!read.some((file) => file.endsWith(`packages/${name}/dist/index.d.ts`))) problems.push(`@wiredesk/${name}: its built types were not read`)
    }
  }
}
