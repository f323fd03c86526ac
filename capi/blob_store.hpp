// The store behind jjb_store_callbacks.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/jujubackup.h>
#include <jujubackup/store_backend.hpp>

namespace jujubackup::capi {

// `url` may be null. Throws Error(invalid_argument) for a table that cannot be used; its destroy callback has run then.
std::unique_ptr<BlobStore> make_callback_store(const jjb_store_callbacks* callbacks, const char* url);

}  // namespace jujubackup::capi
