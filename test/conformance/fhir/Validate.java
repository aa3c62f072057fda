import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.CodeSystem;

/**
 * Validates FHIR R4 resources, one JSON text a line on standard input. Answers each with one line per message,
 * "severity TAB location TAB text", and an empty line. One process for a whole suite: the first resource takes seconds.
 */
public final class Validate {
  private static final String OBSERVATION_VALUE = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

  /** FHIR R4 comes with HL7's code systems of 2018. AIAST joined v3-ObservationValue later (5.0.0). */
  private static PrePopulatedValidationSupport youngerCodes(
      FhirContext context, DefaultProfileValidationSupport published) {
    CodeSystem system = ((CodeSystem) published.fetchCodeSystem(OBSERVATION_VALUE)).copy();
    system.addConcept().setCode("AIAST").setDisplay("Artificial Intelligence asserted");
    PrePopulatedValidationSupport support = new PrePopulatedValidationSupport(context);
    support.addCodeSystem(system);
    return support;
  }

  public static void main(String[] args) throws Exception {
    FhirContext context = FhirContext.forR4();
    DefaultProfileValidationSupport published = new DefaultProfileValidationSupport(context);
    ValidationSupportChain support =
        new ValidationSupportChain(
            youngerCodes(context, published),
            published,
            new InMemoryTerminologyServerValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context));
    FhirInstanceValidator module = new FhirInstanceValidator(support);
    module.setErrorForUnknownProfiles(true);
    FhirValidator validator = context.newValidator().registerValidatorModule(module);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      for (SingleValidationMessage message : validator.validateWithResult(line).getMessages()) {
        String text = message.getSeverity() + "\t" + message.getLocationString() + "\t" + message.getMessage();
        out.println(text.replace('\n', ' ').replace('\r', ' '));
      }
      out.println();
    }
  }
}
