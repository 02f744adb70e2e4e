import { MARKS_KEPT } from "../embedded/index.ts";
import { DRAFT } from "./script-common.ts";

/** Past versions that a record remembers, to tell which a reader may build on. */
const VERSIONS_KEPT = 32;

/**
 * Applies writes to records of one owner. Arguments: commitId, expiresAt, maxBytes (or nothing),
 * channel (or nothing), number of writes; for each write its state, a line "epoch base schema
 * expiresAt sets removes" (with "-" for what was not given, "a" for the base "absent"), then name
 * and bytes of each attribute to set, and the names of those to remove.
 *
 * Answers a line: "living" or "ended", then an outcome for each write ("c", "e" or
 * "w:epoch:version:previous"); or "large" and the bytes that the owner would hold.
 */
export const WRITE = `
${DRAFT}
local commitId, expiresAt, maxBytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local channel, count = ARGV[4], tonumber(ARGV[5])
local HISTORY, MARKS = ${VERSIONS_KEPT}, ${MARKS_KEPT}

local past = pastCommit(commitId)
if past then return past end
local owner = load()
if statusOf(owner) == 'ended' then return 'ended' .. string.rep(' e', count) end
owner = beginLife(owner)
local version = math.max(owner.v + 1, micros)

local function dropOldMarks(a)
  local marks = {}
  for i = 1, #a, 3 do
    if a[i + 2] < 0 then marks[#marks + 1] = a[i + 1] end
  end
  local over = #marks - MARKS
  if over <= 0 then return a, 0 end
  table.sort(marks)
  local upTo, left = marks[over], {}
  -- One commit may leave many marks of one version: as many of these go as are still too many without the older ones.
  local equal = over
  for _, version in ipairs(marks) do
    if version < upTo then equal = equal - 1 end
  end
  for i = 1, #a, 3 do
    local goes = a[i + 2] < 0 and a[i + 1] <= upTo
    if goes and a[i + 1] == upTo then
      goes = equal > 0
      equal = equal - 1
    end
    if not goes then
      for j = i, i + 2 do left[#left + 1] = a[j] end
    end
  end
  return left, upTo
end

local function merge(state, record, at, sets, removes)
  local attributes = attributesOf(state)
  local a, index = attributes.a, {}
  for i = 1, #a, 3 do index[a[i]] = i end
  local bytes, marked = record.b, false
  local function set(name, size)
    local i = index[name]
    if not i then
      i = #a + 1
      index[name] = i
      a[i] = name
    elseif a[i + 2] > 0 then
      bytes = bytes - a[i + 2]
    end
    a[i + 1] = version
    a[i + 2] = size
    if size > 0 then bytes = bytes + size end
  end
  for i = at + 2 * sets, at + 2 * sets + removes - 1 do
    local name = ARGV[i]
    local known = index[name]
    if not (known and a[known + 2] < 0) then
      if known then put[fieldOf(state, name)] = false end
      set(name, -1)
      marked = true
    end
  end
  for i = at, at + 2 * sets - 1, 2 do
    put[fieldOf(state, ARGV[i])] = ARGV[i + 1]
    set(ARGV[i], #ARGV[i + 1])
  end
  if marked then
    local upTo
    attributes.a, upTo = dropOldMarks(a)
    record.m = math.max(record.m, upTo)
  end
  local history = attributes.h
  if history[#history] ~= version then history[#history + 1] = version end
  if #history > HISTORY then table.remove(history, 1) end
  local previous = record.v
  owner.b = owner.b + bytes - record.b
  record.b = bytes
  record.v = version
  changed[state] = true
  return 'w:' .. text(record.p) .. ':' .. text(version) .. ':' .. text(previous)
end

local function apply(state, epoch, base, schema, expiry, at, sets, removes)
  local record = owner.s[state]
  local last = endedEpoch(record)
  if not record or not isLiving(record) then
    if base ~= 'a' or epoch < last then return 'e' end
    drop(owner, state)
    record = { p = nextEpoch(owner), l = last, e = 0, v = 0, c = 0, x = 0, b = 0, m = 0 }
    owner.s[state] = record
  elseif base == 'a' then
    return epoch < last and 'e' or 'c'
  elseif epoch ~= record.p then
    return 'e'
  elseif base ~= '-' and tonumber(base) ~= record.v then
    return 'c'
  end
  if schema ~= '-' then record.c = tonumber(schema) end
  if expiry ~= '-' then record.x = tonumber(expiry) end
  return merge(state, record, at, sets, removes)
end

local outcomes, told, at = { 'living' }, {}, 6
for i = 1, count do
  local state, line = ARGV[at], {}
  for word in string.gmatch(ARGV[at + 1], '%S+') do line[#line + 1] = word end
  local sets, removes = tonumber(line[5]), tonumber(line[6])
  local outcome = apply(state, tonumber(line[1]), line[2], line[3], line[4], at + 2, sets, removes)
  outcomes[i + 1] = outcome
  if outcome ~= 'c' and outcome ~= 'e' then told[#told + 1] = state end
  at = at + 2 + 2 * sets + removes
end
local answer = table.concat(outcomes, ' ')
-- A refused write stays refused when it is repeated, so it need not be remembered.
if #told == 0 then return answer end
prune(owner)
if maxBytes and owner.b > maxBytes then return 'large ' .. text(owner.b) end

owner.v = version
owner.x = math.max(owner.x, expiresAt)
store(owner)
remember(commitId, answer)
if channel ~= '' then
  for _, state in ipairs(told) do redis.call('PUBLISH', channel, text(version) .. ':s' .. state) end
end
return answer
`;
