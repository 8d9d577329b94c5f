import { expect, test } from '@playwright/test'
import { givenInstallation, markDocument, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('what one editor does is on the other one’s screen without a reload', async ({ browser }) => {
  const rest = new Rest(installation())
  const ben = await rest.addUser('Ben', 'editor')
  const ana = await openAt(browser, installation(), '/')
  const other = await openAt(browser, installation(), '/', ben)
  const isSame = await markDocument(other)

  await ana.getByRole('link', { name: 'New post' }).first().click()
  await ana.getByRole('textbox', { name: 'Title', exact: true }).fill('Tide tables')
  await ana.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(other.getByRole('link', { name: 'Tide tables' })).toBeVisible()
  await expect(ana).toHaveURL(/\/posts\/\d+$/)

  await ana.getByRole('textbox', { name: 'Title', exact: true }).fill('Tide tables for spring')
  await ana.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(other.getByRole('link', { name: 'Tide tables for spring' })).toBeVisible()

  await ana.goto('/')
  await ana.getByRole('button', { name: 'Actions for Tide tables for spring' }).click()
  await ana.getByRole('menuitem', { name: 'Publish' }).click()
  await expect(other.getByRole('row', { name: 'Tide tables for spring' })).toContainText('Published')

  await ana.getByRole('button', { name: 'Actions for Tide tables for spring' }).click()
  await ana.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(other.getByRole('link', { name: 'Tide tables for spring' })).toHaveCount(0)
  expect(await isSame()).toBe(true)
  await Promise.all([ana, other].map((page) => page.context().close()))
})
