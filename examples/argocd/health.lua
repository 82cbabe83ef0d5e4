-- Health of Sallyport's kinds for Argo CD: argocd-cm, resource.customizations.health.sallyport.dev_<Kind>.
-- Progressing until the status speaks of the generation that is stored now; so a sync wave does not pass too early.
local health = { status = "Progressing", message = "Waiting for Sallyport" }
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
local annotations = obj.metadata.annotations or {}
if annotations["sallyport.dev/paused"] == "true" then
  return { status = "Suspended", message = "Paused by annotation" }
end
if obj.status == nil or obj.status.conditions == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    health.message = condition.message
    if condition.status == "True" then
      health.status = "Healthy"
    elseif condition.status == "False" then
      health.status = "Degraded"
    end
  end
end
return health
