// What ThreadSanitizer is told by every test that is built for it, so that no test depends on its environment.
//
// What gRPC and protobuf hand from one thread to another is ordered inside of their libraries, which are not
// instrumented. Of gRPC's own, and without any of our code below them, are the reference count of a call, the end of a
// reactor, and the making of a call object. Of ours are the making of a service, which gRPC's threads use from the
// server's start on, and the handlers of AppendStream, which read nothing but what was set before the call began, and
// leave all else to a listener with a lock of its own. There is no plain "race:grpc::": it would mute every handler of
// ours that gRPC calls.

// The runtime looks these two up by name.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }

// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {
  return "race_top:std::function\n"
         "race_top:std::_Function_base\n"
         "race:std::swap<\n"
         "race_top:grpc::\n"
         "race:google::protobuf::\n"
         "race:grpc::SerializationTraits\n"
         "race:grpc::ByteBuffer\n"
         "race:grpc::internal::ServerCallbackCall::Unref\n"
         "race:PreBindBacklog::~PreBindBacklog\n"
         "race:grpc::internal::CallOpServerSendStatus\n"
         "race:grpc::internal::ClientCallbackReaderWriterFactory\n"
         "race:sandglass::storage::IngestService::IngestService\n"
         "race_top:sandglass::collectors::AppendStream::On\n";
}
