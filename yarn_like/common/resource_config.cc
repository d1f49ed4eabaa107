// Reading the names of resource types from the configuration; apart, so that the scheduler links no configuration.
#include "base/config/configuration.h"
#include "yarn_like/common/resource.h"

namespace tusk::yarn {

Result<ResourceTypes> ResourceTypes::FromConfiguration(const Configuration& configuration) {
  ResourceTypes types;
  for (const std::string& name : configuration.GetStrings("yarn.resource-types")) {
    RETURN_IF_ERROR(types.Add(name));
  }
  return types;
}

}  // namespace tusk::yarn
