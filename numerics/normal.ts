/** @module The standard normal distribution. */

/** Coefficients by ascending power. */
type Polynomial = readonly number[];

function evaluate(coefficients: Polynomial, x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) value = value * x + (coefficients[i] ?? 0);
  return value;
}

/*
 * W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), in the form for the
 * normal distribution of ANORM (Algorithm 715, ACM TOMS 19, 1993): three ranges of |x|.
 */
const CENTRE_LIMIT = 0.67448975;
const CENTRE_UPPER: Polynomial = [
  18154.981253343561249, 1067.6894854603709582, 161.02823106855587881, 2.2352520354606839287, 0.065682337918207449113,
];
const CENTRE_LOWER: Polynomial = [
  45507.789335026729956, 10260.932208618978205, 976.09855173777669322, 47.20258190468824187, 1,
];
const MIDDLE_LIMIT = 5.656854249492380195;
const MIDDLE_UPPER: Polynomial = [
  9842.7148383839780218, 11602.651437647350124, 6848.1904505362823326, 2494.5375852903726711, 597.27027639480026226,
  93.506656132177855979, 8.8831497943883759412, 0.39894151208813466764, 1.0765576773720192317e-8,
];
const MIDDLE_LOWER: Polynomial = [
  19685.429676859990727, 38912.003286093271411, 34900.952721145977266, 18615.571640885098091, 6485.558298266760755,
  1519.377599407554805, 235.38790178262499861, 22.266688044328115691, 1,
];
const TAIL_UPPER: Polynomial = [
  2.9112874951168792e-5, 0.001421619193227893466, 0.022235277870649807, 0.1274011611602473639, 0.21589853405795699,
  0.02307344176494017303,
];
const TAIL_LOWER: Polynomial = [
  7.29751555083966205e-5, 0.00378239633202758244, 0.0659881378689285515, 0.468238212480865118, 1.28426009614491121, 1,
];
const ONE_OVER_ROOT_TWO_PI = 0.3989422804014327;

/**
 * Probability that a standard normal variable is at most `x`. Relative error about 1e-15 down to the smallest normal
 * double; the upper tail is `normalCdf(-x)`, without cancellation.
 */
export function normalCdf(x: number): number {
  const size = Math.abs(x);
  if (size <= CENTRE_LIMIT) {
    const square = x * x;
    return 0.5 + (x * evaluate(CENTRE_UPPER, square)) / evaluate(CENTRE_LOWER, square);
  }
  const tail = size <= MIDDLE_LIMIT ? middleTail(size) : farTail(size);
  return x > 0 ? 1 - tail : tail;
}

function middleTail(size: number): number {
  return (bell(size) * evaluate(MIDDLE_UPPER, size)) / evaluate(MIDDLE_LOWER, size);
}

function farTail(size: number): number {
  if (size > 40) return 0;
  const inverse = 1 / (size * size);
  const correction = (inverse * evaluate(TAIL_UPPER, inverse)) / evaluate(TAIL_LOWER, inverse);
  return (bell(size) * (ONE_OVER_ROOT_TWO_PI - correction)) / size;
}

/** exp(−x²/2) in two factors: the square of x rounded to sixteenths is exact, and the rest is small. */
function bell(x: number): number {
  const rounded = Math.trunc(x * 16) / 16;
  const rest = (x - rounded) * (x + rounded);
  return Math.exp((-rounded * rounded) / 2) * Math.exp(-rest / 2);
}

/* M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16. */
const Q_CENTRE_UPPER: Polynomial = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
  67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const Q_CENTRE_LOWER: Polynomial = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
  28729.085735721942674, 5226.495278852854561,
];
const Q_MIDDLE_UPPER: Polynomial = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258,
  0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const Q_MIDDLE_LOWER: Polynomial = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const Q_TAIL_UPPER: Polynomial = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123, 0.026532189526576123093,
  0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const Q_TAIL_LOWER: Polynomial = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/**
 * The value that a standard normal variable stays below with probability `p`. Relative error about 1e-15.
 *
 * @param p - from 0 (−∞) to 1 (∞)
 * @throws RangeError for other numbers
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError('p: 0 to 1');
  const fromHalf = p - 0.5;
  if (Math.abs(fromHalf) <= 0.425) {
    const r = 0.180625 - fromHalf * fromHalf;
    return (fromHalf * evaluate(Q_CENTRE_UPPER, r)) / evaluate(Q_CENTRE_LOWER, r);
  }
  const tail = fromHalf < 0 ? p : 1 - p;
  const size = tail === 0 ? Infinity : quantileOfTail(Math.sqrt(-Math.log(tail)));
  return fromHalf < 0 ? -size : size;
}

function quantileOfTail(r: number): number {
  return r <= 5
    ? evaluate(Q_MIDDLE_UPPER, r - 1.6) / evaluate(Q_MIDDLE_LOWER, r - 1.6)
    : evaluate(Q_TAIL_UPPER, r - 5) / evaluate(Q_TAIL_LOWER, r - 5);
}
